import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.RandomData;

/**
 * What Apache Avro makes of the cases in cases.json, and of random schemas. Run by generate.ts.
 *
 * <p>A value is given as JSON or as the bytes of a payload, and comes out as both. A refusal is given
 * as JSON that isn't of the schema, and comes out with Avro's message, or null where Avro accepts it.
 */
public class GoldenVectors {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();
  private static final int RANDOM_SCHEMAS = 50;
  private static final int RANDOM_VALUES = 2;

  public static void main(String[] arguments) throws Exception {
    ObjectNode vectors = MAPPER.createObjectNode();
    JsonNode cases = MAPPER.readTree(new File(arguments[0]));
    vectors.set("values", values(cases.get("values")));
    vectors.set("random", random());
    vectors.set("refusals", refusals(cases.get("refusals")));
    vectors.set("schemas", schemas(cases.get("schemas")));
    System.out.println(MAPPER.writeValueAsString(vectors));
  }

  private static ArrayNode values(JsonNode cases) throws Exception {
    ArrayNode vectors = MAPPER.createArrayNode();
    for (JsonNode given : cases) {
      Schema schema = parse(given);
      ArrayNode values = MAPPER.createArrayNode();
      for (JsonNode json : given.withArray("json")) {
        Object datum = read(schema, DecoderFactory.get().jsonDecoder(schema, json.textValue()));
        values.add(vector(schema, datum, json.textValue()));
      }
      for (JsonNode hex : given.withArray("hex")) {
        byte[] payload = HEX.parseHex(hex.textValue());
        Object datum = read(schema, DecoderFactory.get().binaryDecoder(payload, null));
        values.add(vector(schema, datum, null));
      }
      vectors.add(withSchema(given).set("values", values));
    }
    return vectors;
  }

  private static ArrayNode random() throws Exception {
    ArrayNode vectors = MAPPER.createArrayNode();
    for (int seed = 0; seed < RANDOM_SCHEMAS; seed++) {
      Schema schema = new RandomSchema(seed).root();
      ArrayNode values = MAPPER.createArrayNode();
      for (Object datum : new RandomData(schema, RANDOM_VALUES, (long) seed)) {
        values.add(vector(schema, datum, null));
      }
      ObjectNode vector = MAPPER.createObjectNode();
      vector.put("name", "random schema " + seed);
      vector.put("schema", schema.toString());
      vectors.add(vector.set("values", values));
    }
    return vectors;
  }

  private static ArrayNode refusals(JsonNode cases) throws Exception {
    ArrayNode vectors = MAPPER.createArrayNode();
    for (JsonNode given : cases) {
      Schema schema = parse(given);
      ObjectNode messages = MAPPER.createObjectNode();
      for (JsonNode json : given.get("json")) {
        try {
          read(schema, DecoderFactory.get().jsonDecoder(schema, json.textValue()));
          messages.putNull(json.textValue());
        } catch (Exception refusal) {
          messages.put(json.textValue(), refusal.getMessage());
        }
      }
      vectors.add(withSchema(given).set("messages", messages));
    }
    return vectors;
  }

  private static ArrayNode schemas(JsonNode texts) {
    ArrayNode vectors = MAPPER.createArrayNode();
    for (JsonNode text : texts) {
      ObjectNode vector = MAPPER.createObjectNode();
      vector.put("schema", text.textValue());
      try {
        new Schema.Parser().parse(text.textValue());
        vector.putNull("message");
      } catch (RuntimeException refusal) {
        vector.put("message", String.valueOf(refusal.getMessage()));
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private static Schema parse(JsonNode given) {
    Schema.Parser parser = new Schema.Parser();
    for (JsonNode reference : given.withArray("references")) parser.parse(reference.textValue());
    return parser.parse(given.get("schema").textValue());
  }

  private static ObjectNode withSchema(JsonNode given) {
    ObjectNode vector = MAPPER.createObjectNode();
    vector.set("name", given.get("name"));
    vector.set("schema", given.get("schema"));
    if (given.has("references")) vector.set("references", given.get("references"));
    return vector;
  }

  private static Object read(Schema schema, Decoder decoder) throws Exception {
    return new GenericDatumReader<>(schema).read(null, decoder);
  }

  /** @param input what was read, unless it was binary */
  private static ObjectNode vector(Schema schema, Object datum, String input) throws Exception {
    ObjectNode vector = MAPPER.createObjectNode();
    if (input != null) vector.put("input", input);
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(binary, null);
    write(schema, datum, encoder);
    vector.put("payload", HEX.formatHex(binary.toByteArray()));
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    write(schema, datum, EncoderFactory.get().jsonEncoder(schema, json));
    vector.put("json", json.toString(StandardCharsets.UTF_8));
    return vector;
  }

  private static void write(Schema schema, Object datum, Encoder encoder) throws Exception {
    new GenericDatumWriter<>(schema).write(datum, encoder);
    encoder.flush();
  }

  /** A schema of everything, to a depth of three. */
  private static class RandomSchema {
    private static final Schema.Type[] SCALARS = {
      Schema.Type.NULL, Schema.Type.BOOLEAN, Schema.Type.INT, Schema.Type.LONG, Schema.Type.FLOAT,
      Schema.Type.DOUBLE, Schema.Type.BYTES, Schema.Type.STRING
    };
    private final Random random;
    private int names = 0;

    RandomSchema(int seed) {
      random = new Random(seed);
    }

    Schema root() {
      return record(3);
    }

    private Schema any(int depth) {
      switch (random.nextInt(depth > 0 ? 7 : 3)) {
        case 1:
          return Schema.createEnum(name("E"), null, space(), List.of("A", "B_1", "_c", "constructor"));
        case 2:
          return Schema.createFixed(name("F"), null, space(), random.nextInt(20));
        case 3:
          return Schema.createArray(any(depth - 1));
        case 4:
          return Schema.createMap(any(depth - 1));
        case 5:
          return record(depth - 1);
        case 6:
          return union(depth - 1);
        default:
          return Schema.create(SCALARS[random.nextInt(SCALARS.length)]);
      }
    }

    private Schema record(int depth) {
      List<Schema.Field> fields = new ArrayList<>();
      for (int index = random.nextInt(6); index >= 0; index--) {
        fields.add(new Schema.Field("f" + index, any(depth)));
      }
      return Schema.createRecord(name("R"), null, space(), random.nextBoolean(), fields);
    }

    private Schema union(int depth) {
      List<Schema> branches = new ArrayList<>();
      for (int left = random.nextInt(4); left >= 0; left--) {
        Schema branch = any(depth);
        boolean isNew = branches.stream().noneMatch(it -> it.getFullName().equals(branch.getFullName()));
        if (branch.getType() != Schema.Type.UNION && isNew) branches.add(branch);
      }
      if (branches.isEmpty()) branches.add(Schema.create(Schema.Type.NULL));
      return Schema.createUnion(branches);
    }

    private String name(String kind) {
      return kind + names++;
    }

    private String space() {
      return random.nextBoolean() ? "space.a" : random.nextBoolean() ? "space.b" : null;
    }
  }
}
