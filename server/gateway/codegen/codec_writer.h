// Writes the C++ code of the JSON codecs.

#ifndef GITSYNC_SERVER_GATEWAY_CODEGEN_CODEC_WRITER_H_
#define GITSYNC_SERVER_GATEWAY_CODEGEN_CODEC_WRITER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/printer.h>

namespace gitsync::gateway::codegen {

// Declare and define the codec of a message and the names of an enum, in the namespace
// gitsync::gateway.
void DeclareCodec(const google::protobuf::Descriptor* message,
                  google::protobuf::io::Printer& out);
void DeclareNames(const google::protobuf::EnumDescriptor* type,
                  google::protobuf::io::Printer& out);
void DefineCodec(const google::protobuf::Descriptor* message,
                 google::protobuf::io::Printer& out);
void DefineNames(const google::protobuf::EnumDescriptor* type,
                 google::protobuf::io::Printer& out);

// Print a statement that reads the field of `message` from `reader`, and one that
// writes its value to `writer`.
void PrintReadField(const google::protobuf::FieldDescriptor* field,
                    google::protobuf::io::Printer& out);
void PrintWriteField(const google::protobuf::FieldDescriptor* field,
                     google::protobuf::io::Printer& out);

}  // namespace gitsync::gateway::codegen

#endif  // GITSYNC_SERVER_GATEWAY_CODEGEN_CODEC_WRITER_H_
