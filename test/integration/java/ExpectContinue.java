import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Produces a record with each of Java's clients, which ask first: a URL in, statuses out. */
class ExpectContinue {
  private static final String BODY = "{\"records\":[{\"value\":null}]}";
  private static final String TYPE = "application/vnd.kafka.json.v2+json";

  public static void main(String[] arguments) throws Exception {
    URI uri = URI.create(arguments[0]);
    System.out.println(statusOfClient(uri) + " " + statusOfConnection(uri));
  }

  private static int statusOfClient(URI uri) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", TYPE)
            .expectContinue(true)
            .timeout(Duration.ofSeconds(30))
            .POST(HttpRequest.BodyPublishers.ofString(BODY))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static int statusOfConnection(URI uri) throws Exception {
    byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    connection.setRequestMethod("POST");
    connection.setRequestProperty("Content-Type", TYPE);
    connection.setRequestProperty("Expect", "100-Continue");
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(body.length);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    return connection.getResponseCode();
  }
}
