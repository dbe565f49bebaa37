// Building blocks for the code that protoc-gen-gitsync-gateway generates, in addition
// to JsonReader and JsonWriter.

#ifndef GITSYNC_SERVER_GATEWAY_JSON_CODEC_H_
#define GITSYNC_SERVER_GATEWAY_JSON_CODEC_H_

#include <google/protobuf/map.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/gateway/json/json_reader.h"
#include "server/gateway/json/json_writer.h"
#include "server/gateway/json/scalar_text.h"

namespace gitsync::gateway {

// Tracks which fields or oneofs of a message the text has already given.
template <int kCount>
class SeenFields {
 public:
  // Marks field `index`. If it was marked before, notes that in the reader and returns
  // false.
  bool Mark(int index, JsonReader& reader,
            absl::string_view problem = "is given twice") {
    bool& seen = seen_[index];
    if (seen) {
      reader.RepeatedField(problem);
      return false;
    }
    seen = true;
    return true;
  }

 private:
  bool seen_[kCount == 0 ? 1 : kCount] = {};
};

// Reads an array, calling `read_element` for each element. `read_element` itself
// refuses null.
template <typename ReadElement>
void ReadArray(JsonReader& reader, ReadElement read_element) {
  if (!reader.BeginArray()) return;
  while (reader.NextElement()) read_element();
}

// Parses a map key from the name of a JSON member.
inline bool ParseMapKey(absl::string_view text, std::string* key) {
  *key = std::string(text);
  return true;
}
inline bool ParseMapKey(absl::string_view text, bool* key) {
  *key = text == "true";
  return *key || text == "false";
}
template <typename Integer>
bool ParseMapKey(absl::string_view text, Integer* key) {
  return ParseInteger(text, key);
}

// Reads a map. `read_value` receives the place to read the value into. A duplicate key
// is refused.
template <typename Key, typename Value, typename ReadValue>
void ReadMap(JsonReader& reader, google::protobuf::Map<Key, Value>* map,
             ReadValue read_value) {
  if (!reader.BeginObject()) return;
  absl::string_view name;
  while (reader.NextMember(&name)) {
    Key key{};
    if (!ParseMapKey(name, &key)) {
      reader.RepeatedField("is not a key of the map's type");
    } else if (map->contains(key)) {
      reader.RepeatedField();
    } else {
      read_value(&(*map)[key]);
    }
  }
}

inline std::string MapKeyText(bool key) { return key ? "true" : "false"; }
inline const std::string& MapKeyText(const std::string& key) { return key; }
template <typename Integer, typename = std::enable_if_t<!std::is_same_v<Integer, bool>>>
std::string MapKeyText(Integer key) {
  return absl::StrCat(key);
}

// Writes a map sorted by key, so that equal messages have equal texts.
template <typename Key, typename Value, typename WriteValue>
void WriteMap(const google::protobuf::Map<Key, Value>& map, JsonWriter& writer,
              WriteValue write_value) {
  std::vector<const typename google::protobuf::Map<Key, Value>::value_type*> entries;
  entries.reserve(map.size());
  for (const auto& entry : map) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  writer.BeginObject();
  for (const auto* entry : entries) {
    writer.TextKey(MapKeyText(entry->first));
    write_value(entry->second);
  }
  writer.EndObject();
}

// The functions of a MethodTable (route.h) that handle whole messages. `Message` is the
// concrete type behind the base class.
template <typename Message>
const google::protobuf::Message& DefaultInstance() {
  return Message::default_instance();
}

template <typename Message>
absl::Status ReadBody(absl::string_view json, google::protobuf::Message* request) {
  JsonReader reader(json);
  ReadJson(reader, static_cast<Message*>(request));
  return reader.Finish();
}

template <typename Message, bool kSingleLine>
absl::Status WriteResponse(const google::protobuf::Message& response,
                           std::string* json) {
  JsonWriter writer(json, kSingleLine);
  WriteJson(static_cast<const Message&>(response), writer);
  return writer.Finish();
}

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_JSON_CODEC_H_
