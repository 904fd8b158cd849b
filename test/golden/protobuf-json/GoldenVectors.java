import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What protobuf-java makes of JSON texts. Run by generate.ts, with the compiled schema and the texts.
 *
 * <p>A text that is taken comes out as bytes and, where it can be printed, as JSON with defaults; one that is refused
 * comes out alone.
 */
public class GoldenVectors {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    Map<String, FileDescriptor> files = new HashMap<>();
    byte[] set = Files.readAllBytes(Path.of(arguments[0]));
    for (FileDescriptorProto file : FileDescriptorSet.parseFrom(set).getFileList()) {
      List<FileDescriptor> imports = file.getDependencyList().stream().map(files::get).toList();
      files.put(file.getName(), FileDescriptor.buildFrom(file, imports.toArray(FileDescriptor[]::new)));
    }
    Descriptor message = files.get("schema.proto").findMessageTypeByName("M");
    TypeRegistry.Builder all = TypeRegistry.newBuilder();
    files.values().forEach(file -> all.add(file.getMessageTypes()));
    TypeRegistry types = all.build();

    ArrayNode vectors = MAPPER.createArrayNode();
    for (JsonNode json : MAPPER.readTree(new File(arguments[1]))) {
      vectors.add(vector(message, types, json.textValue()));
    }
    System.out.println(MAPPER.writeValueAsString(vectors));
  }

  private static ObjectNode vector(Descriptor descriptor, TypeRegistry types, String json) {
    ObjectNode vector = MAPPER.createObjectNode().put("json", json);
    DynamicMessage.Builder builder = DynamicMessage.newBuilder(descriptor);
    DynamicMessage message;
    try {
      JsonFormat.parser().usingTypeRegistry(types).merge(json, builder);
      message = builder.build();
      vector.put("payload", HexFormat.of().formatHex(bytesOf(message)));
    } catch (Exception refused) {
      return vector;
    }
    try {
      vector.put(
          "back",
          JsonFormat.printer()
              .usingTypeRegistry(types)
              .includingDefaultValueFields()
              .omittingInsignificantWhitespace()
              .print(message));
    } catch (Exception unprintable) {
      // It has taken what it cannot print.
    }
    return vector;
  }

  private static byte[] bytesOf(DynamicMessage message) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream output = CodedOutputStream.newInstance(bytes);
    output.useDeterministicSerialization();
    message.writeTo(output);
    output.flush();
    return bytes.toByteArray();
  }
}
