// A server of uWebSockets on loopback, in the thread of the test, and blocking clients in another
// one.
#ifndef SLUICE_TEST_UWS_HTTP_SERVER_H_
#define SLUICE_TEST_UWS_HTTP_SERVER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "App.h"

namespace uws_test {

using Response = uWS::HttpResponse<false>;

// A client's connection. Reads give up after ten seconds, which is long on any machine.
class Client {
 public:
  explicit Client(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    is_connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() {
    if (fd_ >= 0) close(fd_);
  }
  Client(const Client&) = delete;

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Sends what the kernel takes at once.
  void SendNow(std::string_view bytes) {
    send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void SendFin() { shutdown(fd_, SHUT_WR); }

  // Closes with a reset.
  void Reset() {
    linger now = {1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(std::exchange(fd_, -1));
  }

  // Reads until `end` has arrived. Dates are left out.
  std::string ReadTo(std::string_view end) {
    while (bytes_.find(end) == std::string::npos && Receive()) {
    }
    size_t at = bytes_.find(end);
    std::string text = bytes_.substr(0, at == std::string::npos ? at : at + end.size());
    bytes_.erase(0, text.size());
    return WithoutDates(text);
  }

  // Reads to the end of the connection; a reset leaves "<reset>" at the end.
  std::string ReadAll() {
    while (Receive()) {
    }
    return WithoutDates(std::exchange(bytes_, "")) + (is_reset_ ? "<reset>" : "") +
           (is_late_ ? "<nothing came>" : "");
  }

  // Whether nothing arrives within some milliseconds.
  bool IsQuiet(int milliseconds) {
    pollfd poll_fd = {fd_, POLLIN, 0};
    return bytes_.empty() && poll(&poll_fd, 1, milliseconds) == 0;
  }

 private:
  int fd_;
  bool is_connected_ = false, is_reset_ = false, is_late_ = false;
  std::string bytes_;

  bool Receive() {
    pollfd poll_fd = {fd_, POLLIN, 0};
    is_late_ = poll(&poll_fd, 1, 10000) == 0;
    if (is_late_) return false;
    char buffer[65536];
    ssize_t count = recv(fd_, buffer, sizeof buffer, 0);
    is_reset_ = count < 0;
    if (count > 0) bytes_.append(buffer, static_cast<size_t>(count));
    return count > 0;
  }

  static std::string WithoutDates(std::string text) {
    for (size_t at; (at = text.find("Date: ")) != std::string::npos;)
      text.erase(at, text.find("\r\n", at) + 2 - at);
    return text;
  }
};

// Runs a server until its client is done. `prepare` adds handlers to the app, `client` gets the
// port.
inline void Serve(const std::function<void(uWS::App&)>& prepare,
                  const std::function<void(int)>& client) {
  // It is not freed: uSockets would count the loop's open polls wrong, with which only epoll's loop
  // is concerned.
  static auto& apps = *new std::vector<uWS::App*>;
  uWS::App& app = *apps.emplace_back(new uWS::App);
  uWS::Loop* loop = uWS::Loop::get();
  loop->setSilent(true);
  prepare(app);
  int port = 0;
  app.listen("127.0.0.1", 0, [&port](us_listen_socket_t* socket) {
    port = us_socket_local_port(0, reinterpret_cast<us_socket_t*>(socket));
  });
  std::thread thread([&] {
    client(port);
    loop->defer([&app] { app.close(); });
  });
  app.run();
  thread.join();
}

// Calls `answer` in the next iteration of the loop, unless the client has left.
inline void Later(Response* res, std::function<void(Response*)> answer) {
  auto is_over = std::make_shared<bool>(false);
  res->onAborted([is_over] { *is_over = true; });
  uWS::Loop::get()->defer([res, is_over, answer = std::move(answer)] {
    if (!*is_over) res->cork([&] { answer(res); });
  });
}

}  // namespace uws_test

#endif  // SLUICE_TEST_UWS_HTTP_SERVER_H_
