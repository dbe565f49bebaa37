// Messages with random content, for comparing codecs.

#ifndef GITSYNC_TESTS_SUPPORT_RANDOM_MESSAGE_H_
#define GITSYNC_TESTS_SUPPORT_RANDOM_MESSAGE_H_

#include <google/protobuf/message.h>

#include <functional>
#include <random>
#include <string>

#include "absl/strings/string_view.h"

namespace gitsync {

// Fills messages. The same seed gives the same messages.
class RandomMessage {
 public:
  // `text`, unless null, creates the content of a string field.
  using MakeText = std::function<std::string(const google::protobuf::FieldDescriptor*)>;

  explicit RandomMessage(unsigned seed, MakeText text = nullptr)
      : random_(seed), text_(std::move(text)) {}

  // Fills each field with a probability of three in four, and its content up to a few
  // levels deep.
  void Fill(google::protobuf::Message* message, int levels = 4) {
    const std::string type(message->GetDescriptor()->full_name());
    if (type == "google.protobuf.Timestamp") {
      return SetTime(message, -62135596800, 253402300799);
    }
    if (type == "google.protobuf.Duration")
      return SetTime(message, 0, 315576000000 - 1);
    if (type == "google.protobuf.FieldMask") return AddPaths(message);
    if (type == "google.protobuf.Any") return;
    for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
      const auto* field = message->GetDescriptor()->field(i);
      const bool whole = message->GetDescriptor()->options().map_entry();
      if (!whole &&
          (Below(4) == 0 || (field->message_type() != nullptr && levels <= 0))) {
        continue;
      }
      // Only one entry, because libprotobuf writes several entries in its own order.
      const int count = !field->is_repeated() ? 1 : field->is_map() ? 1 : Below(3);
      for (int n = 0; n < count; ++n) Set(message, field, levels);
    }
    if (type == "google.protobuf.Value" && message->ByteSizeLong() == 0) {
      // A value without any kind has no JSON form.
      Set(message, message->GetDescriptor()->FindFieldByName("bool_value"), 0);
    }
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  int Below(int end) {
    return static_cast<int>(random_() % static_cast<unsigned>(end));
  }

  void Set(google::protobuf::Message* message, const Field* field, int levels) {
    const auto* reflection = message->GetReflection();
    const bool add = field->is_repeated();
    const uint64_t bits = static_cast<uint64_t>(random_()) << 32 | random_();
    const int shift = Below(64);
    switch (field->cpp_type()) {
#define GITSYNC_SET(Type, value)                      \
  add ? reflection->Add##Type(message, field, value)  \
      : reflection->Set##Type(message, field, value); \
  return
      case Field::CPPTYPE_INT32:
        GITSYNC_SET(Int32, static_cast<int32_t>(bits >> shift));
      case Field::CPPTYPE_INT64:
        GITSYNC_SET(Int64, static_cast<int64_t>(bits) >> shift);
      case Field::CPPTYPE_UINT32:
        GITSYNC_SET(UInt32, static_cast<uint32_t>(bits >> shift));
      case Field::CPPTYPE_UINT64:
        GITSYNC_SET(UInt64, bits >> shift);
      case Field::CPPTYPE_DOUBLE:
        GITSYNC_SET(Double, (Below(2'000'000) - 1'000'000) / 8.0);
      case Field::CPPTYPE_FLOAT:
        GITSYNC_SET(Float, static_cast<float>(Below(20000) - 10000) / 8);
      case Field::CPPTYPE_BOOL:
        GITSYNC_SET(Bool, (bits & 1) != 0);
      case Field::CPPTYPE_ENUM: {
        // Sometimes a number that has no name.
        const auto* type = field->enum_type();
        const int number = Below(5) == 0 && type->full_name().find("google") != 0
                               ? 1000 + Below(10)
                               : type->value(Below(type->value_count()))->number();
        GITSYNC_SET(EnumValue, number);
      }
      case Field::CPPTYPE_STRING:
        GITSYNC_SET(String, field->type() == Field::TYPE_BYTES ? Bytes() : Text(field));
#undef GITSYNC_SET
      case Field::CPPTYPE_MESSAGE:
        return Fill(add ? reflection->AddMessage(message, field)
                        : reflection->MutableMessage(message, field),
                    levels - 1);
    }
  }

  std::string Bytes() {
    std::string bytes(static_cast<size_t>(Below(9)), '\0');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  std::string Text(const Field* field) {
    if (text_ != nullptr) {
      if (std::string made = text_(field); !made.empty()) return made;
    }
    static constexpr absl::string_view kPieces[] = {
        "a",    "Z",      "\"",     "\\",         "/",  "\n",     "\t",     "\x01",
        "\x7f", "<",      "ä",      "€",          "😀", " ",      "{}",     "0",
        "\b\f", "\u2028", "\u00ad", "\U0001d173", "\r", "\u0085", "\ufeff", "'"};
    std::string text;
    for (int n = Below(9); n > 0; --n) {
      const absl::string_view piece = kPieces[Below(std::size(kPieces))];
      text.append(piece.data(), piece.size());
    }
    return text;
  }

  void SetTime(google::protobuf::Message* message, int64_t from, int64_t to) {
    const auto* type = message->GetDescriptor();
    const int64_t seconds = std::uniform_int_distribution<int64_t>(from, to)(random_);
    static constexpr int kNanos[] = {0, 5'000'000, 120'000, 999'999'999, 1};
    message->GetReflection()->SetInt64(message, type->FindFieldByName("seconds"),
                                       seconds);
    message->GetReflection()->SetInt32(message, type->FindFieldByName("nanos"),
                                       kNanos[Below(5)]);
  }

  void AddPaths(google::protobuf::Message* message) {
    for (int n = Below(3); n > 0; --n) {
      message->GetReflection()->AddString(message, message->GetDescriptor()->field(0),
                                          n == 1 ? "git_state.commit_id" : "name");
    }
  }

  std::mt19937 random_;
  MakeText text_;
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_SUPPORT_RANDOM_MESSAGE_H_
