"""An SSH server of asyncssh on a free port of 127.0.0.1, which it prints. Lets in the
keys of DIR/authorized_keys, and runs their commands.

    asyncssh_server.py DIR

DIR/host_key is its key. Ends with its standard input.
"""

import asyncio
import subprocess
import sys

import asyncssh

DIR = sys.argv[1]


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def public_key_auth_supported(self):
        return True

    def validate_public_key(self, username, key):
        with open(f'{DIR}/authorized_keys', encoding='utf-8') as lines:
            known = [asyncssh.import_public_key(line) for line in lines]
        return key.public_data in [other.public_data for other in known]


async def execute(process):
    pipe = subprocess.PIPE
    with subprocess.Popen(process.command, shell=True, stdin=pipe, stdout=pipe,
                          stderr=pipe) as child:
        await process.redirect(stdin=child.stdin, stdout=child.stdout,
                               stderr=child.stderr)
        status = await asyncio.get_running_loop().run_in_executor(None, child.wait)
        await process.stdout.drain()
        process.exit(status if status >= 0 else 255)


async def main():
    server = await asyncssh.listen(
        '127.0.0.1', 0, server_factory=Server, server_host_keys=[f'{DIR}/host_key'],
        process_factory=execute, encoding=None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
