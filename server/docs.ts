import express, { Router } from 'express';
// Not the package's main module: that one loads the whole user interface into this process.
import absolutePath from 'swagger-ui-dist/absolute-path.js';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Patchbay API</title>
    <link rel="stylesheet" href="./swagger-ui.css">
    <link rel="icon" href="./favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="./swagger-ui-bundle.js"></script>
    <script src="./start.js"></script>
  </body>
</html>
`;
// Swagger UI's own initializer points at a remote example, and its validator badge asks a remote server.
const start = `window.ui = SwaggerUIBundle({
  url: '../openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

/** `/openapi.json`, and `/docs` that shows it: everything comes from this server. */
export function mountDocs(document: object): Router {
  const router = Router({ strict: true });
  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.get('/docs', (request, response) => response.redirect(308, `${request.baseUrl}/docs/`));
  router.get(['/docs/', '/docs/index.html'], (_request, response) => response.type('html').send(page));
  router.get('/docs/start.js', (_request, response) => response.type('js').send(start));
  router.use('/docs/', express.static(absolutePath(), { index: false }));
  return router;
}
