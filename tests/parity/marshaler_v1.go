package main

import "github.com/grpc-ecosystem/grpc-gateway/runtime"

func marshaler() runtime.Marshaler {
	return &runtime.JSONPb{EmitDefaults: true}
}
