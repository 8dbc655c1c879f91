import { setToken } from './api.js';
import { h } from './dom.js';

/**
 * Asks for the token.
 * @param {() => void} onGiven
 */
export function tokenForm(onGiven) {
  const input = /** @type {HTMLInputElement} */ (
    h('input', { id: 'token', type: 'password', autocomplete: 'off', required: true })
  );
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setToken(input.value.trim());
    onGiven();
  };
  return h(
    'form',
    { class: 'card token', onsubmit: submit },
    h('h1', {}, 'Token'),
    h(
      'p',
      {},
      'labelmill serve printed an address with a token in it. Open that address, or enter the token here.',
    ),
    h('label', { for: 'token' }, 'Token'),
    input,
    h('button', { type: 'submit', class: 'primary' }, 'Open'),
  );
}
