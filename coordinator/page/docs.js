// No validator badge: it would send the address of this coordinator to another host.
window.SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', validatorUrl: null, deepLinking: true });
