// node load.js ENDPOINT TOKEN MARK: calls a server from four connections, 16 calls at a
// time on each, until calls fail. Makes the file MARK once the load is on; prints how
// many calls ended with each code, as JSON.
'use strict';
const fs = require('fs');
const grpc = require('@grpc/grpc-js');

const [endpoint, token, mark] = process.argv.slice(2);
const counts = {};
const bytes = (message) => message;

function call(client, done) {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  client.makeUnaryRequest(
      '/gitsync.v1.OrganizationService/ListOrganizations', bytes, bytes,
      Buffer.alloc(0), metadata, {deadline: Date.now() + 60000}, (error) => {
        const code = grpc.status[error ? error.code : 0];
        const text = error && code !== 'UNAVAILABLE' ? `${code}: ${error.details}` : code;
        counts[text] = (counts[text] || 0) + 1;
        if (counts.OK === 300) fs.writeFileSync(mark, '');
        error ? done() : call(client, done);
      });
}

const ends = [];
for (let i = 0; i < 4; ++i) {
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure(),
                                 {'grpc.use_local_subchannel_pool': 1});
  for (let j = 0; j < 16; ++j) ends.push(new Promise((done) => call(client, done)));
}
Promise.all(ends).then(() => {
  console.log(JSON.stringify(counts));
  process.exit(0);
});
