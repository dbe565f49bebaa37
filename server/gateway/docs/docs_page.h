// The page for reading and trying out the API, as files in memory.

#ifndef GITSYNC_SERVER_GATEWAY_DOCS_DOCS_PAGE_H_
#define GITSYNC_SERVER_GATEWAY_DOCS_DOCS_PAGE_H_

#include <vector>

#include "server/gateway/http/static_document.h"

namespace gitsync::gateway {

// The page at /docs and the files it loads, all served by this server. In a build
// without npm, it is a page that only links to /openapi.json.
std::vector<StaticDocument> DocsPage();

}  // namespace gitsync::gateway

#endif  // GITSYNC_SERVER_GATEWAY_DOCS_DOCS_PAGE_H_
