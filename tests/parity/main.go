// The gateway that Debian's protoc-gen-grpc-gateway makes of our protos, before a server
// that runs: what tests/parity compares ours with, and tests/bench/gateway measures it
// against.
//
//	go_gateway HOST:PORT
//
// HOST:PORT is the server's gRPC address. Prints the address that it listens on.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/textproto"
	"os"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	// The types of errors' details.
	_ "google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"

	v1 "gitsync/v1"
)

// Definitions are larger than the 4 MiB that gRPC takes by default.
const maxMessageBytes = 64 << 20

// The header that ours hands on besides Authorization, which the generator's code always
// does. Its default hands on more, with prefixes.
func matchHeader(key string) (string, bool) {
	return key, textproto.CanonicalMIMEHeaderKey(key) == "X-Request-Id"
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go_gateway HOST:PORT")
	}
	mux := runtime.NewServeMux(
		runtime.WithIncomingHeaderMatcher(matchHeader),
		runtime.WithMarshalerOption(runtime.MIMEWildcard, marshaler()))
	connection, err := grpc.Dial(os.Args[1], grpc.WithInsecure(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes),
			grpc.MaxCallSendMsgSize(maxMessageBytes)))
	if err != nil {
		log.Fatal(err)
	}
	for _, register := range []func(context.Context, *runtime.ServeMux,
		*grpc.ClientConn) error{
		v1.RegisterAccessTokenServiceHandler,
		v1.RegisterAppServiceHandler,
		v1.RegisterGitConfigServiceHandler,
		v1.RegisterGitSyncServiceHandler,
		v1.RegisterOperationServiceHandler,
		v1.RegisterOrganizationServiceHandler,
	} {
		if err := register(context.Background(), mux, connection); err != nil {
			log.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, mux))
}
