// An SSH server of npm's ssh2 on a free port of 127.0.0.1, which it prints. Lets in the
// keys of DIR/authorized_keys, and runs their commands.
//
//   ssh2_server.js DIR
//
// DIR/host_key is its key. Ends with its standard input.
'use strict';

const {spawn} = require('child_process');
const fs = require('fs');
const {Server, utils} = require('ssh2');

const dir = process.argv[2];

function authorizedKey(algorithm, data) {
  return fs.readFileSync(`${dir}/authorized_keys`, 'utf8')
      .split('\n')
      .filter((line) => line)
      .map((line) => utils.parseKey(line))
      .find((key) => key.getPublicSSH().equals(data));
}

function authenticate(context) {
  if (context.method !== 'publickey') return context.reject(['publickey']);
  const key = authorizedKey(context.key.algo, context.key.data);
  if (!key) return context.reject(['publickey']);
  if (context.signature &&
      key.verify(context.blob, context.signature, context.hashAlgo) !== true) {
    return context.reject(['publickey']);
  }
  context.accept();
}

function execute(accept, reject, info) {
  const stream = accept();
  const child = spawn('sh', ['-c', info.command]);
  stream.pipe(child.stdin);
  child.stdin.on('error', () => {});
  child.stdout.pipe(stream, {end: false});
  child.stderr.pipe(stream.stderr, {end: false});
  child.on('close', (code) => {
    stream.exit(code === null ? 255 : code);
    stream.end();
  });
}

const hostKeys = [fs.readFileSync(`${dir}/host_key`)];
const server = new Server({hostKeys}, (client) => {
  client.on('error', () => {});
  client.on('authentication', authenticate);
  client.on('ready', () => {
    client.on('session', (accept) => accept().on('exec', execute));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
