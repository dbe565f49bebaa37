// The page to read and try the API, as files in memory.

#ifndef GITSYNC_SERVER_GATEWAY_DOCS_DOCS_PAGE_H_
#define GITSYNC_SERVER_GATEWAY_DOCS_DOCS_PAGE_H_

#include <vector>

#include "server/gateway/http/static_document.h"

namespace gitsync::gateway {

// The page at /docs and what it loads, all from the same server. If it was built
// without npm, a page that only names /openapi.json.
std::vector<StaticDocument> DocsPage();

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_DOCS_DOCS_PAGE_H_
