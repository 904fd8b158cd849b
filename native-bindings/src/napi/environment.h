// The state of the addon in one JavaScript environment (the main thread, or a worker).
#ifndef SLUICE_NAPI_ENVIRONMENT_H_
#define SLUICE_NAPI_ENVIRONMENT_H_

#include <memory>

#include "kafka/outbox.h"
#include "napi/arguments.h"
#include "napi/mailbox.h"
#include "napi/setup.h"

namespace sluice {

/// The instance data of `env`: each worker has its own, and there are no globals. Used on the JS
/// thread.
class Environment {
 public:
  /// Attaches to `env`, and detaches when it ends.
  static void Attach(napi_env env);
  static Environment* Of(napi_env env);

  /// Null before OpenMailbox().
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  void OpenMailbox(std::shared_ptr<Mailbox> mailbox) { mailbox_ = std::move(mailbox); }

 private:
  static void OnExit(napi_async_cleanup_hook_handle handle, void* data);

  std::shared_ptr<Mailbox> mailbox_;
};

/// The mailbox of the caller. Throws when it has opened none, because no answer could reach it.
const std::shared_ptr<Mailbox>& MailboxOf(Arguments& arguments);

/// The address of the answer to a call that has a ticket at `index`. Throws as MailboxOf().
ReplyTo ReplyToArgument(Arguments& arguments, size_t index);

}  // namespace sluice

#endif  // SLUICE_NAPI_ENVIRONMENT_H_
