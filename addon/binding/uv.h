// The few functions of libuv that the addon needs. The node executable exports them, and their binary interface has not changed in all of
// libuv 1; declaring them here makes the addon build with node-api-headers alone, which do not carry uv.h. Handles are opaque:
// their storage is uv_handle_size() bytes.
#pragma once
#include <cstddef>

extern "C" {
struct uv_loop_s;
struct uv_handle_s;
struct uv_poll_s;

using uv_poll_cb = void (*)(uv_poll_s* handle, int status, int events);
using uv_close_cb = void (*)(uv_handle_s* handle);

size_t uv_handle_size(int type);
void* uv_handle_get_data(const uv_handle_s* handle);
void uv_handle_set_data(uv_handle_s* handle, void* data);
void uv_ref(uv_handle_s* handle);
void uv_unref(uv_handle_s* handle);
void uv_close(uv_handle_s* handle, uv_close_cb closed);
int uv_poll_init(uv_loop_s* loop, uv_poll_s* handle, int fd);
int uv_poll_start(uv_poll_s* handle, int events, uv_poll_cb ready);
int uv_poll_stop(uv_poll_s* handle);
char* uv_err_name_r(int error, char* buffer, size_t size);
}

namespace gantry::binding::uv {
inline constexpr int kPoll = 8;  // UV_POLL of uv_handle_type
inline constexpr int kReadable = 1;
inline constexpr int kWritable = 2;
}  // namespace gantry::binding::uv
