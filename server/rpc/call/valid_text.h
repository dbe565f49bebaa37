#ifndef GITSYNC_SERVER_RPC_CALL_VALID_TEXT_H_
#define GITSYNC_SERVER_RPC_CALL_VALID_TEXT_H_

#include <google/protobuf/message.h>

namespace gitsync {

// Replaces invalid UTF-8 with U+FFFD in every text of a message that is about to be
// sent. Otherwise its receiver could not read any of its fields. Names of files and
// people come from git, where they may be any bytes.
void MakeTextValid(google::protobuf::Message& message);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_VALID_TEXT_H_
