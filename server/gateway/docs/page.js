// Shows the document of the server that this page comes from.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // Else the document would be sent to a validator on the web.
  validatorUrl: null,
});
