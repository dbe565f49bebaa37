#include "server/git/pack_stream.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

#include "server/base/error.h"
#include "server/base/status_macros.h"

namespace gitsync {
namespace {

constexpr int kRefDelta = 7;
// What git itself puts into one instruction of a delta.
constexpr size_t kMaxCopy = 0x10000;
constexpr size_t kMaxInsert = 127;
constexpr size_t kOutputBytes = 16 << 10;

void AppendBigEndian(uint32_t value, std::string* out) {
  for (const int shift : {24, 16, 8, 0}) {
    out->push_back(static_cast<char>(value >> shift));
  }
}

// Seven bits a byte, the least first.
void AppendVarint(size_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) {
    out->push_back(static_cast<char>(value | 0x80));
  }
  out->push_back(static_cast<char>(value));
}

void AppendCopy(size_t offset, size_t size, std::string* out) {
  while (size > 0) {
    const size_t piece = std::min(size, kMaxCopy);
    const size_t head = out->size();
    out->push_back('\0');
    unsigned char op = 0x80;
    for (int i = 0; i < 4; ++i) {
      const auto byte = static_cast<unsigned char>(offset >> (8 * i));
      if (byte == 0) continue;
      op |= static_cast<unsigned char>(1 << i);
      out->push_back(static_cast<char>(byte));
    }
    // A size of 0 means kMaxCopy.
    const size_t coded = piece == kMaxCopy ? 0 : piece;
    for (int i = 0; i < 2; ++i) {
      const auto byte = static_cast<unsigned char>(coded >> (8 * i));
      if (byte == 0) continue;
      op |= static_cast<unsigned char>(0x10 << i);
      out->push_back(static_cast<char>(byte));
    }
    (*out)[head] = static_cast<char>(op);
    offset += piece;
    size -= piece;
  }
}

void AppendInsert(absl::string_view bytes, std::string* out) {
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, kMaxInsert);
    out->push_back(static_cast<char>(piece.size()));
    out->append(piece.data(), piece.size());
    bytes.remove_prefix(piece.size());
  }
}

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Passes bytes on and keeps the checksum that ends a pack.
class CheckedSink {
 public:
  explicit CheckedSink(PackSink sink) : sink_(sink), digest_(EVP_MD_CTX_new()) {
    failed_ = digest_ == nullptr ||
              EVP_DigestInit_ex(digest_.get(), EVP_sha1(), nullptr) != 1;
  }

  absl::Status Write(absl::string_view bytes) {
    failed_ =
        failed_ || EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size()) != 1;
    return sink_(bytes);
  }

  absl::Status End() {
    std::array<unsigned char, GIT_OID_RAWSZ> checksum;
    failed_ =
        failed_ || EVP_DigestFinal_ex(digest_.get(), checksum.data(), nullptr) != 1;
    if (failed_) return InternalError("SHA-1 failed");
    return sink_(absl::string_view(reinterpret_cast<const char*>(checksum.data()),
                                   checksum.size()));
  }

 private:
  PackSink sink_;
  std::unique_ptr<EVP_MD_CTX, DigestFree> digest_;
  bool failed_ = false;
};

struct DeflateEnd {
  void operator()(z_stream* stream) const { deflateEnd(stream); }
};

// Writes packs' entries; keeps one compressor for all of them.
class EntryWriter {
 public:
  explicit EntryWriter(CheckedSink& sink) : sink_(sink) {
    if (deflateInit(&stream_, Z_DEFAULT_COMPRESSION) == Z_OK) owner_.reset(&stream_);
  }

  // `base`: of a delta.
  absl::Status Write(int type, absl::string_view content, const git_oid* base) {
    std::string head;
    size_t size = content.size();
    auto byte = static_cast<unsigned char>(type << 4 | (size & 0xf));
    for (size >>= 4; size > 0; size >>= 7) {
      head.push_back(static_cast<char>(byte | 0x80));
      byte = static_cast<unsigned char>(size & 0x7f);
    }
    head.push_back(static_cast<char>(byte));
    if (base != nullptr) {
      head.append(reinterpret_cast<const char*>(base->id), GIT_OID_RAWSZ);
    }
    RETURN_IF_ERROR(sink_.Write(head));
    return Deflate(content);
  }

 private:
  absl::Status Deflate(absl::string_view content) {
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
      if (result != Z_OK && result != Z_STREAM_END) {
        return InternalError("zlib failed");
      }
      RETURN_IF_ERROR(sink_.Write(
          absl::string_view(output_.data(), output_.size() - stream_.avail_out)));
    }
    return absl::OkStatus();
  }

  CheckedSink& sink_;
  z_stream stream_ = {};
  std::unique_ptr<z_stream, DeflateEnd> owner_;
  std::array<char, kOutputBytes> output_;
};

absl::StatusOr<OdbObjectPtr> ReadObject(git_odb* odb, const git_oid& id) {
  git_odb_object* object = nullptr;
  if (git_odb_read(&object, odb, &id) != 0) return GitFailure("read for a pack");
  return OdbObjectPtr(object);
}

absl::string_view ContentOf(git_odb_object* object) {
  return {static_cast<const char*>(git_odb_object_data(object)),
          git_odb_object_size(object)};
}

}  // namespace

std::string MakeDelta(absl::string_view base, absl::string_view target) {
  const size_t most = std::min(base.size(), target.size());
  const size_t prefix =
      std::mismatch(base.begin(), base.begin() + most, target.begin()).first -
      base.begin();
  const size_t suffix =
      std::mismatch(base.rbegin(), base.rbegin() + (most - prefix), target.rbegin())
          .first -
      base.rbegin();
  std::string delta;
  AppendVarint(base.size(), &delta);
  AppendVarint(target.size(), &delta);
  AppendCopy(0, prefix, &delta);
  AppendInsert(target.substr(prefix, target.size() - suffix - prefix), &delta);
  AppendCopy(base.size() - suffix, suffix, &delta);
  return delta;
}

absl::Status WritePack(git_repository* repository,
                       const std::vector<NewObject>& objects, bool thin,
                       PackSink sink) {
  git_odb* raw_odb = nullptr;
  if (git_repository_odb(&raw_odb, repository) != 0) return GitFailure("open objects");
  const OdbPtr odb(raw_odb);
  CheckedSink checked(sink);
  EntryWriter entries(checked);
  std::string head = "PACK";
  AppendBigEndian(2, &head);
  AppendBigEndian(static_cast<uint32_t>(objects.size()), &head);
  RETURN_IF_ERROR(checked.Write(head));
  for (const NewObject& object : objects) {
    ASSIGN_OR_RETURN(const OdbObjectPtr target, ReadObject(raw_odb, object.id));
    const absl::string_view content = ContentOf(target.get());
    const git_object_t type = git_odb_object_type(target.get());
    if (thin && object.base.has_value()) {
      ASSIGN_OR_RETURN(const OdbObjectPtr base, ReadObject(raw_odb, *object.base));
      const std::string delta = MakeDelta(ContentOf(base.get()), content);
      if (git_odb_object_type(base.get()) == type &&
          delta.size() < content.size() / 2) {
        RETURN_IF_ERROR(entries.Write(kRefDelta, delta, &*object.base));
        continue;
      }
    }
    RETURN_IF_ERROR(entries.Write(type, content, nullptr));
  }
  return checked.End();
}

}  // namespace gitsync
