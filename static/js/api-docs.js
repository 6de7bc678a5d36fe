// Shows the document of the JSON endpoints. Nothing is asked of another origin: no validator, no store of
// tokens, and no request on its own.
(() => {
  const place = document.getElementById("api");
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    persistAuthorization: false,
    validatorUrl: null,
  });
})();
