/** Buttons for what may be done to a run; what cannot be taken back at a glance is asked about first. */
import { post } from './api.js';
import { h } from './dom.js';

const questions = {
  cancel: 'Cancel the run? What is labelled stays, and it can be resumed.',
  retry: 'Label the images of its retryable error records again?',
};

/** @param {string} run */
export function runActions(run) {
  const said = h('span', { class: 'said-back', role: 'status' });
  const buttons = h('span', { class: 'buttons' });
  let shown = '';

  /** @param {string} action */
  async function act(action) {
    said.replaceChildren('…');
    try {
      const { images } = await post(`/runs/${encodeURIComponent(run)}/${action}`);
      said.replaceChildren(images === 0 ? 'None of its errors is retryable.' : '');
    } catch (error) {
      said.replaceChildren(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} action */
  function ask(action) {
    const question = questions[/** @type {keyof typeof questions} */ (action)];
    if (question === undefined) {
      void act(action);
      return;
    }
    const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, 'No');
    const go = h(
      'button',
      {
        type: 'button',
        class: 'primary',
        onclick: () => {
          dialog.close();
          void act(action);
        },
      },
      `Yes, ${action}`,
    );
    const dialog = /** @type {HTMLDialogElement} */ (
      h(
        'dialog',
        { class: 'ask', 'aria-label': question },
        h('p', {}, question),
        h('div', { class: 'buttons' }, go, cancel),
      )
    );
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  return {
    element: h('div', { class: 'actions' }, buttons, said),
    /** @param {string[]} actions */
    show(actions) {
      // Made anew only when they change: the focus stays on a button.
      if (actions.join() === shown) return;
      shown = actions.join();
      buttons.replaceChildren(
        ...actions.map((action) =>
          h(
            'button',
            { type: 'button', onclick: () => ask(action) },
            action[0]?.toUpperCase() + action.slice(1),
          ),
        ),
      );
    },
  };
}
