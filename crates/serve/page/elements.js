// What the pages of the review queue share: finding elements and making them.
"use strict";

const $ = (id) => document.getElementById(id);

function made(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function drawn(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
