// What the page under test gets as `sdk`: the client's own exports, as an application would import them.
export { deleteApp, initializeApp } from 'firebase/app';
export * from 'firebase/firestore';
