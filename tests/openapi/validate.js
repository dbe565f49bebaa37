// Checks a file by the schema of OpenAPI 3.0, its references, what the specification says
// of operations beyond the schema, and each example by the schema that it stands beside.
"use strict";

const assert = require("node:assert/strict");
const SwaggerParser = require("@apidevtools/swagger-parser");
const Ajv = require("ajv-draft-04");

// Every { schema, example } in the document, with where it is.
function* examples(node, path = "#") {
  if (node === null || typeof node !== "object") return;
  if (node.schema && "example" in node) yield [path, node.schema, node.example];
  for (const [key, value] of Object.entries(node)) {
    // An example is data, whatever its members are called.
    if (key !== "example") yield* examples(value, `${path}/${key}`);
  }
}

// What the schema can't say of operations.
function checkOperations(document) {
  const ids = new Set();
  let count = 0;
  for (const [path, item] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/{(\w+)}/g)].map((match) => match[1]).sort();
    for (const [method, operation] of Object.entries(item)) {
      const declared = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === "path")
        .map((parameter) => parameter.name)
        .sort();
      assert.deepEqual(declared, inPath, `parameters of ${method} ${path}`);
      assert.ok(!ids.has(operation.operationId), `${operation.operationId} repeats`);
      ids.add(operation.operationId);
      count++;
    }
  }
  const schemes = Object.keys(document.components.securitySchemes);
  for (const name of document.security.flatMap(Object.keys)) {
    assert.ok(schemes.includes(name), `there is no security scheme ${name}`);
  }
  return count;
}

async function main([file]) {
  const text = await SwaggerParser.parse(file);
  await SwaggerParser.validate(structuredClone(text));
  const operations = checkOperations(text);

  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ id: "document", components: text.components });
  let checked = 0;
  for (const [path, schema, example] of examples(text)) {
    const ours = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
    if (!ajv.validate(ours, example)) {
      throw new Error(`the example at ${path}: ${ajv.errorsText()}`);
    }
    checked++;
  }
  if (checked === 0) throw new Error("there is no example");
  console.log(`valid: ${operations} operations, ${checked} examples`);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
