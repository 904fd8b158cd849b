import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Prints, for each pattern, in which of the texts java.util.regex finds it; or that it is none. */
public final class GoldenVectors {
  public static void main(String[] args) throws Exception {
    List<String> patterns = read(args[0]);
    List<String> texts = read(args[1]);
    StringBuilder out = new StringBuilder();
    for (String pattern : patterns) out.append(verdict(pattern, texts)).append('\n');
    System.out.write(out.toString().getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  /** A line each, as the hexadecimal digits of UTF-16. */
  private static List<String> read(String path) throws Exception {
    return Files.readAllLines(Path.of(path)).stream().map(GoldenVectors::decode).toList();
  }

  private static String decode(String hex) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < hex.length(); at += 4) {
      text.append((char) Integer.parseInt(hex.substring(at, at + 4), 16));
    }
    return text.toString();
  }

  private static String verdict(String source, List<String> texts) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(source);
    } catch (PatternSyntaxException e) {
      return "none";
    }
    StringBuilder found = new StringBuilder();
    for (String text : texts) found.append(pattern.matcher(text).find() ? '1' : '0');
    return found.toString();
  }
}
