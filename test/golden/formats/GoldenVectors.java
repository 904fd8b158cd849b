import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.everit.json.schema.Schema;
import org.everit.json.schema.ValidationException;
import org.everit.json.schema.loader.SchemaLoader;
import org.json.JSONObject;
import org.json.JSONTokener;

/** Prints, for each draft, format and text, whether the validator of the original takes the text. */
public final class GoldenVectors {
  public static void main(String[] args) throws Exception {
    JSONObject cases = new JSONObject(new JSONTokener(Files.readString(Path.of(args[0]))));
    JSONObject all = new JSONObject();
    for (String draft : List.of("4", "6", "7")) {
      JSONObject ofDraft = new JSONObject();
      for (String format : cases.keySet()) {
        Schema schema = load(draft, format);
        StringBuilder verdicts = new StringBuilder();
        for (Object text : cases.getJSONArray(format)) verdicts.append(verdict(schema, (String) text));
        ofDraft.put(format, verdicts.toString());
      }
      all.put(draft, ofDraft);
    }
    System.out.write(all.toString(1).getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  private static Schema load(String draft, String format) {
    JSONObject json = new JSONObject().put("type", "string").put("format", format);
    SchemaLoader.SchemaLoaderBuilder builder = SchemaLoader.builder().schemaJson(json);
    if (draft.equals("6")) builder = builder.draftV6Support();
    if (draft.equals("7")) builder = builder.draftV7Support();
    return builder.build().load().build();
  }

  private static char verdict(Schema schema, String text) {
    try {
      schema.validate(text);
      return '1';
    } catch (ValidationException e) {
      return '0';
    } catch (RuntimeException e) {
      return '!';
    }
  }
}
