#include "server/rpc/hash.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace gitsync {
namespace {

// A sink that keeps the digest of what is written to it.
class HashingStream : public google::protobuf::io::CopyingOutputStream {
 public:
  HashingStream() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    // Fails only when memory is gone.
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      std::abort();
    }
  }

  bool Write(const void* buffer, int size) override {
    return EVP_DigestUpdate(context_.get(), buffer, size) == 1;
  }

  std::string Finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) std::abort();
    return std::string(digest.begin(), digest.begin() + size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string HashMessage(const google::protobuf::Message& message) {
  HashingStream sink;
  const std::string& type = message.GetDescriptor()->full_name();
  // With its terminating zero, so that type and content can't run into each other.
  sink.Write(type.c_str(), static_cast<int>(type.size()) + 1);
  {
    google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&sink);
    google::protobuf::io::CodedOutputStream coded(&adaptor);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return sink.Finish();
}

}  // namespace gitsync
