import { expect, test } from 'vitest';
import { actionFor } from './keys';

function press(init: KeyboardEventInit, target: HTMLElement = document.createElement('div')) {
  document.body.append(target);
  let action: ReturnType<typeof actionFor>;
  const listen = (event: KeyboardEvent) => (action = actionFor(event));
  window.addEventListener('keydown', listen, { once: true });
  target.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  return action;
}

test.each([
  ['ArrowDown', 'next'],
  ['j', 'next'],
  ['J', 'next'],
  ['PageDown', 'next'],
  ['ArrowUp', 'previous'],
  ['k', 'previous'],
  [' ', 'toggle'],
  ['m', 'mute'],
  ['x', undefined],
])('“%s” means %s', (key, action) => expect(press({ key })).toBe(action));

test('keys of buttons, fields and the browser are left to them', () => {
  expect(press({ key: ' ' }, document.createElement('button'))).toBeUndefined();
  expect(press({ key: 'j' }, document.createElement('button'))).toBe('next');
  expect(press({ key: 'j' }, document.createElement('input'))).toBeUndefined();
  expect(press({ key: 'ArrowDown', ctrlKey: true })).toBeUndefined();
  expect(press({ key: 'K', shiftKey: true })).toBeUndefined();
});
