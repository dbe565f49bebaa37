// Clones, commits and pushes: for each line "URL FOLDER FILE REVISION" on standard input
// it clones the repository into the folder, writes the number as the "revision" of the
// JSON file and pushes that. Answers "ok", or what went wrong.

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { simpleGit } = require('simple-git');

// The benchmark's own environment says what ssh is run with, and who commits.
const options = {
  unsafe: { allowUnsafeSshCommand: true },
  allowEnvironment: Object.keys(process.env).filter((name) => name.startsWith('GIT_')),
};

async function cloneAndPush(url, folder, file, revision) {
  await simpleGit(options).clone(url, folder);
  const page = path.join(folder, file);
  const text = fs.readFileSync(page, 'utf8');
  fs.writeFileSync(page, text.replace(/"revision": \d+/, `"revision": ${revision}`));
  const git = simpleGit(folder, options);
  await git.add(file);
  const { commit } = await git.commit(`round ${revision}`);
  if (!commit) throw new Error('nothing was committed');
  await git.push('origin', 'master');
}

async function main() {
  console.log('ready');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      await cloneAndPush(...line.split(' '));
      console.log('ok');
    } catch (error) {
      console.log(String(error.message).replaceAll('\n', ' '));
    }
  }
}

main();
