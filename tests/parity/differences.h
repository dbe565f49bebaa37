// Where our gateway answers otherwise than the Go one, on purpose: than its version 1,
// which Debian 12 has, or than version 2, of Debian 13. A difference that is not here
// fails the tests, and so does one that is here and no longer there.
//
// Not in the table, as they are undone before two answers are compared:
//   - A definition is nested JSON in REST here; there it is the JSON as a string.
//   - Fields that are not set are left out here, and are null there.
//   - The same for what is empty in the details of an error.
//   - An error calls the request's fields what JSON calls them; there, what the protos
//   do.
//   - The body of an error has a second copy of its message there, as "error".
//   - A message of a stream is a line here; there it is the member "result" of one.
//   - The secret of a token is in the first answer to a request id only.

#ifndef GITSYNC_TESTS_PARITY_DIFFERENCES_H_
#define GITSYNC_TESTS_PARITY_DIFFERENCES_H_

namespace gitsync {

enum class Why {
  kCreated,
  kPrecondition,
  kCreateMode,
  kEmptySegment,
  kVerb,
  kMethod,
  kMethodOfAVerb,
  kUnknownField,
  kUnknownParameter,
  kNamelessParameter,
  kRepeatedField,
  kRepeatedParameter,
  kTrailingText,
  kBadUnicode,
  kEscapedEnum,
  kOptionalNull,
  kFieldMask,
  kNumberSyntax,
  kNumberForm,
  kWholeNumber,
};

struct Difference {
  Why why;
  int ours;
  int theirs[2];   // of version 1, and of version 2
  bool same_body;  // or what each says is not compared
  const char* reason;
};

inline constexpr Difference kDifferences[] = {
    {Why::kCreated, 201, {200, 200}, true, "The REST reference says 201 for these."},
    {Why::kPrecondition,
     400,
     {412, 400},
     true,
     "400 is the canonical status of FAILED_PRECONDITION; 412 is for If-Match."},
    {Why::kCreateMode,
     404,
     {400, 400},
     false,
     "The route is for requests with createMode=git; without it there is none."},
    {Why::kEmptySegment,
     404,
     {400, 400},
     false,
     "A variable in a path is a segment that is not empty."},
    {Why::kVerb,
     400,
     {404, 400},
     false,
     "A \":\" begins a verb only where the route has one; else the variable has it."},
    {Why::kMethod, 405, {405, 501}, false, "HTTP has a status for a wrong method."},
    {Why::kMethodOfAVerb,
     405,
     {405, 400},
     false,
     "What ends with a verb that the route has is no variable."},
    {Why::kUnknownField,
     400,
     {200, 400},
     false,
     "A misspelt field is refused, not ignored: the caller meant something by it."},
    {Why::kUnknownParameter, 400, {200, 200}, false, "The same, for query parameters."},
    {Why::kNamelessParameter,
     400,
     {400, 200},
     false,
     "The same, where it has no name."},
    {Why::kRepeatedField,
     400,
     {200, 400},
     false,
     "What is given twice is refused: nobody knows which one is meant."},
    {Why::kRepeatedParameter,
     400,
     {200, 200},
     false,
     "The same, where it is given by both its names."},
    {Why::kTrailingText,
     400,
     {200, 200},
     false,
     "What follows the JSON is not ignored."},
    {Why::kBadUnicode,
     400,
     {200, 400},
     false,
     "Text that is not Unicode is refused, not changed to U+FFFD."},
    {Why::kEscapedEnum,
     200,
     {400, 200},
     false,
     "An escape is the character that it stands for, in an enum's name too."},
    {Why::kOptionalNull,
     200,
     {400, 200},
     false,
     "Null leaves an optional field unset. There it sets it to false, so that the "
     "server sees another request."},
    {Why::kFieldMask,
     200,
     {400, 200},
     false,
     "The JSON of a field mask is one string; that version knows it as a message."},
    {Why::kNumberSyntax,
     400,
     {200, 400},
     false,
     "A number in a query is a decimal one, not 0x10 or 1_0."},
    {Why::kNumberForm,
     400,
     {200, 200},
     false,
     "It is written as in a body, without a plus or leading zeros."},
    {Why::kWholeNumber,
     200,
     {400, 400},
     false,
     "A whole number in a query is written as in a body, where 1e2 is one."},
};

}  // namespace gitsync

#endif  // GITSYNC_TESTS_PARITY_DIFFERENCES_H_
