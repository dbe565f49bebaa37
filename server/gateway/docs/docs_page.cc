#include "server/gateway/docs/docs_page.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/gateway/docs/embedded_file.h"

namespace gitsync::gateway {
namespace {

// Allows nothing from other origins, nothing inline, and no framing. Swagger UI keeps
// its icons in data URLs.
constexpr char kSecurityPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

absl::string_view ContentType(absl::string_view name) {
  if (absl::EndsWith(name, ".html")) return "text/html; charset=utf-8";
  if (absl::EndsWith(name, ".css")) return "text/css; charset=utf-8";
  if (absl::EndsWith(name, ".js")) return "text/javascript; charset=utf-8";
  return "text/plain; charset=utf-8";
}

}  // namespace

std::vector<StaticDocument> DocsPage() {
  std::vector<StaticDocument> documents;
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    StaticDocument document;
    document.content_type = std::string(ContentType(file.name));
    document.text = file.text;
    document.gzip = file.gzip;
    document.security_policy = kSecurityPolicy;
    if (absl::EndsWith(file.name, ".html")) {
      document.path = "/docs";
      documents.push_back(document);
      document.path = "/docs/";
    } else {
      document.path = absl::StrCat("/docs/", file.name);
    }
    documents.push_back(document);
  }
  return documents;
}

}  // namespace gitsync::gateway
