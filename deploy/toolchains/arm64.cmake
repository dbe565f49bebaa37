# Builds for arm64 on another processor, with Debian's cross compiler and the libraries
# of a folder with Debian arm64, of the release that builds:
#
#   cmake --preset release && cmake --build --preset release \
#     --target protoc-gen-gitsync-gateway
#   cmake --preset release -B build/arm64 --toolchain deploy/toolchains/arm64.cmake \
#     -DCMAKE_SYSROOT=FOLDER -DGITSYNC_HOST_TOOLS=$PWD/build/release/bin
#   cmake --build build/arm64 --target gitsyncd gitsyncctl
#
# In the folder are the packages of `deploy/install-deps build`, for arm64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig)
# try_compile configures projects of its own.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CMAKE_SYSROOT)
