#ifndef GITSYNC_SERVER_RPC_HASH_H_
#define GITSYNC_SERVER_RPC_HASH_H_

#include <google/protobuf/message.h>

#include <string>

namespace gitsync {

// SHA-256 of the message's type and content, 32 bytes. Equal messages have equal
// hashes. Does not copy the message.
std::string HashMessage(const google::protobuf::Message& message);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_HASH_H_
