// The shop's HTTP interface. “Lintel: Generate OpenAPI from Code”, run here, writes down what it serves.
import express from 'express';
import { orders } from './orders.js';
import { webhooks } from './webhooks.js';

const app = express();

// Signatures are over the bytes that were sent, so this one comes before the JSON parser.
app.use('/webhooks', webhooks);
app.use(express.json());
app.use('/orders', orders);

app.get('/health', (_request, response) => response.json({ status: 'up' }));

app.listen(3000);
