import { ANONYMOUS, admin, alice, bob, get, list, type Published, patch, remove, set } from './builder.ts';

const documents = {
  'products/p': { name: 'Lamp', price: 19.5, stock: 3, published: true, categories: ['home', 'light'] },
  'products/hidden': { name: 'Desk', price: { $double: 80 }, stock: 0, published: false, categories: [] },
  'orders/o': { customer: 'alice', status: 'new', total: 20, lines: [{ product: 'p', count: 1 }] },
  'orders/paid': { customer: 'alice', status: 'paid', total: 20, lines: [] },
  'carts/alice': { items: { p: 1 } },
  'reviews/r': { product: 'p', author: 'bob', stars: 4 },
  'coupons/TEN': { percent: 10, until: { $timestamp: '2020-01-01T00:00:00.000000Z' } },
  'coupons/ALWAYS': { percent: 5, until: { $timestamp: '2999-01-01T00:00:00.000000Z' } },
};
const order = { customer: 'alice', status: 'new', total: 20, lines: [{ product: 'p', count: 1 }] };
const requests = [
  get(ANONYMOUS, 'products/p'),
  get(ANONYMOUS, 'products/hidden'),
  list(ANONYMOUS, 'products', { where: [['published', '==', true]] }),
  list(ANONYMOUS, 'products', {
    where: [
      ['published', '==', true],
      ['categories', 'array-contains', 'home'],
    ],
  }),
  list(ANONYMOUS, 'products', { where: [['price', '<', 20]] }),
  list(ANONYMOUS, 'products'),
  list(alice, 'orders', { where: [['customer', '==', 'alice']], orderBy: ['-total'] }),
  list(alice, 'orders', {
    where: [
      ['customer', '==', 'alice'],
      ['status', 'in', ['new', 'paid']],
    ],
  }),
  list(bob, 'orders'),
  set(alice, 'orders/n', order),
  set(alice, 'orders/n', { ...order, customer: 'bob' }),
  set(alice, 'orders/n', { ...order, status: 'paid' }),
  set(alice, 'orders/n', { ...order, total: -1 }),
  set(alice, 'orders/n', { ...order, extra: 1 }),
  set(alice, 'orders/n', { ...order, lines: [] }),
  patch(alice, 'orders/o', { status: 'cancelled' }),
  patch(alice, 'orders/paid', { status: 'cancelled' }),
  patch(admin, 'orders/o', { status: 'paid' }),
  patch(admin, 'products/p', { stock: 2 }),
  patch(alice, 'products/p', { stock: 2 }),
  patch(alice, 'products/p', { stock: 5 }),
  patch(admin, 'products/p', { price: 0 }),
  set(bob, 'reviews/n', { product: 'p', author: 'bob', stars: 5 }),
  set(bob, 'reviews/n', { product: 'none', author: 'bob', stars: 5 }),
  set(bob, 'reviews/n', { product: 'p', author: 'bob', stars: 6 }),
  set(bob, 'reviews/n', { product: 'p', author: 'bob', stars: 4.5 }),
  set(alice, 'carts/alice', { items: { p: 2, q: 1 } }),
  get(bob, 'carts/alice'),
  get(alice, 'coupons/TEN'),
  get(alice, 'coupons/ALWAYS'),
  list(alice, 'coupons', { where: [['until', '>', { $timestamp: '2998-01-01T00:00:00.000000Z' }]] }),
  remove(alice, 'orders/o'),
];
const shop = (name: string, body: string): Published => ({
  name: `shop: ${name}`,
  body,
  documents,
  requests,
});

/** Products, carts, orders, reviews. */
export const shops: readonly Published[] = [
  shop(
    'published products',
    'match /products/{id} { allow read: if resource.data.published == true; allow write: if request.auth.token.admin == true; }',
  ),
  shop('published products, as a flag', 'match /products/{id} { allow read: if resource.data.published; }'),
  shop('cheap products', 'match /products/{id} { allow read: if resource.data.price < 50; }'),
  shop('category', "match /products/{id} { allow read: if 'home' in resource.data.categories; }"),
  shop('own orders', 'match /orders/{id} { allow read: if resource.data.customer == request.auth.uid; }'),
  shop(
    'a valid order',
    `match /orders/{id} {
      function isValid(order) {
        return order.keys().hasAll(['customer', 'status', 'total', 'lines'])
          && order.keys().hasOnly(['customer', 'status', 'total', 'lines', 'note'])
          && order.customer == request.auth.uid
          && order.status == 'new'
          && order.total is number && order.total > 0
          && order.lines is list && order.lines.size() > 0 && order.lines.size() < 20;
      }
      allow create: if isValid(request.resource.data);
    }`,
  ),
  shop(
    'states of an order',
    `match /orders/{id} {
      function moves(from, to) { return resource.data.status == from && request.resource.data.status == to; }
      allow update: if (resource.data.customer == request.auth.uid && moves('new', 'cancelled'))
        || (request.auth.token.admin == true && (moves('new', 'paid') || moves('paid', 'sent')));
    }`,
  ),
  shop(
    'orders are not deleted',
    'match /orders/{id} { allow read, create, update: if request.auth.uid == resource.data.customer; }',
  ),
  shop(
    'stock only falls',
    "match /products/{id} { allow update: if request.resource.data.diff(resource.data).affectedKeys() == ['stock'].toSet() && request.resource.data.stock < resource.data.stock && request.resource.data.stock >= 0; }",
  ),
  shop(
    'price in bounds',
    'match /products/{id} { allow write: if request.auth.token.admin && request.resource.data.price is float && request.resource.data.price >= 0.5 && request.resource.data.price <= 1000.0; }',
  ),
  shop(
    'whole stars',
    'match /reviews/{id} { allow create: if request.resource.data.stars is int && request.resource.data.stars >= 1 && request.resource.data.stars <= 5; }',
  ),
  shop(
    'stars from a list',
    'match /reviews/{id} { allow create: if request.resource.data.stars in [1, 2, 3, 4, 5]; }',
  ),
  shop(
    'review of a product that exists',
    'match /reviews/{id} { allow create: if exists(/databases/$(database)/documents/products/$(request.resource.data.product)) && request.resource.data.author == request.auth.uid; }',
  ),
  shop(
    'cart',
    'match /carts/{uid} { allow read, write: if request.auth.uid == uid && request.resource.data.items.size() <= 50; }',
  ),
  shop(
    'cart of known products',
    "match /carts/{uid} { allow write: if request.auth.uid == uid && request.resource.data.items.keys().hasOnly(['p', 'q']); }",
  ),
  shop('coupons that run', 'match /coupons/{code} { allow read: if resource.data.until > request.time; }'),
  shop(
    'percent of a coupon',
    "match /coupons/{code} { allow get: if code.matches('^[A-Z]+$') && resource.data.percent / 2 <= 3; }",
  ),
];
