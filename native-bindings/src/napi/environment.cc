#include "napi/environment.h"

#include "kafka/engine.h"

namespace sluice {

void Environment::Attach(napi_env env) {
  auto* environment = new Environment();
  napi_set_instance_data(
      env, environment, [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); },
      nullptr);
  napi_add_async_cleanup_hook(env, OnExit, environment, nullptr);
}

Environment* Environment::Of(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Environment*>(data);
}

void Environment::OnExit(napi_async_cleanup_hook_handle handle, void* data) {
  auto* environment = static_cast<Environment*>(data);
  const auto mailbox = std::move(environment->mailbox_);
  if (!mailbox) {
    napi_remove_async_cleanup_hook(handle);
    return;
  }
  // The next reads take the records of its reads. An instance that is being made has no reads yet,
  // and takes no commands.
  for (const auto& consumer : Engine::Get().consumers().All()) {
    if (consumer->is_open()) consumer->AbandonReads(mailbox.get());
  }
  mailbox->Close(
      [](void* hook) {
        napi_remove_async_cleanup_hook(static_cast<napi_async_cleanup_hook_handle>(hook));
      },
      handle);
}

const std::shared_ptr<Mailbox>& MailboxOf(Arguments& arguments) {
  const auto& mailbox = Environment::Of(arguments.env())->mailbox();
  arguments.Require(mailbox != nullptr, "an open mailbox");
  return mailbox;
}

ReplyTo ReplyToArgument(Arguments& arguments, size_t index) {
  return {MailboxOf(arguments), arguments.Uint(index)};
}

}  // namespace sluice
