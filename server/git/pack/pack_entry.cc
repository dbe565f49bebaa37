#include "server/git/pack/pack_entry.h"

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/git/object/sha1.h"

namespace gitsync {

uint32_t BigEndianAt(absl::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

void AppendBigEndian(uint32_t value, std::string* out) {
  for (const int shift : {24, 16, 8, 0}) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

std::string PackHead(size_t objects) {
  std::string head = "PACK";
  AppendBigEndian(2, &head);
  AppendBigEndian(static_cast<uint32_t>(objects), &head);
  return head;
}

std::string EntryHead(int type, size_t size, const git_oid* base) {
  std::string head;
  auto byte = static_cast<unsigned char>(type << 4 | (size & 0xf));
  for (size >>= 4; size > 0; size >>= 7) {
    head.push_back(static_cast<char>(byte | 0x80));
    byte = static_cast<unsigned char>(size & 0x7f);
  }
  head.push_back(static_cast<char>(byte));
  if (base != nullptr) absl::StrAppend(&head, BytesOf(*base));
  return head;
}

EntryWriter::EntryWriter(PackSink sink, int level) : sink_(sink) {
  if (deflateInit(&stream_, level) == Z_OK) owner_.reset(&stream_);
}

absl::Status EntryWriter::Write(int type, absl::string_view content,
                                const git_oid* base) {
  RETURN_IF_ERROR(sink_(EntryHead(type, content.size(), base)));
  if (owner_ == nullptr || deflateReset(&stream_) != Z_OK) {
    return InternalError("zlib failed");
  }
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream_.avail_in = static_cast<uInt>(content.size());
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
    stream_.avail_out = static_cast<uInt>(output_.size());
    result = deflate(&stream_, Z_FINISH);
    if (result != Z_OK && result != Z_STREAM_END) return InternalError("zlib failed");
    RETURN_IF_ERROR(
        sink_(absl::string_view(output_.data(), output_.size() - stream_.avail_out)));
  }
  return absl::OkStatus();
}

}  // namespace gitsync
