#ifndef GITSYNC_SERVER_RPC_CALL_VALID_TEXT_H_
#define GITSYNC_SERVER_RPC_CALL_VALID_TEXT_H_

#include <google/protobuf/message.h>

namespace gitsync {

// Puts U+FFFD in place of what is no UTF-8 in any text of a message that is about to be
// sent. Its receiver could not read it otherwise, nor any other field of it: names of
// files and people come from git, which lets them be any bytes.
void MakeTextValid(google::protobuf::Message& message);

}  // namespace gitsync

#endif  // GITSYNC_SERVER_RPC_CALL_VALID_TEXT_H_
