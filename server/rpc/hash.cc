#include "server/rpc/hash.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "server/base/sha256.h"

namespace gitsync {
namespace {

// A sink that hashes what is written to it.
class HashingStream : public google::protobuf::io::CopyingOutputStream {
 public:
  bool Write(const void* buffer, int size) override {
    hasher_.Update({static_cast<const char*>(buffer), static_cast<size_t>(size)});
    return true;
  }
  std::string Finish() { return hasher_.Finish(); }

 private:
  Sha256Hasher hasher_;
};

}  // namespace

std::string HashMessage(const google::protobuf::Message& message) {
  HashingStream sink;
  const std::string type(message.GetDescriptor()->full_name());
  // The terminating zero separates type and content.
  sink.Write(type.c_str(), static_cast<int>(type.size()) + 1);
  {
    google::protobuf::io::CopyingOutputStreamAdaptor adaptor(&sink);
    google::protobuf::io::CodedOutputStream coded(&adaptor);
    coded.SetSerializationDeterministic(true);
    static_cast<void>(message.SerializeToCodedStream(&coded));
  }
  return sink.Finish();
}

}  // namespace gitsync
