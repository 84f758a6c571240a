import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Commands } from './commands';
import { actionFor } from './keys';

const names = [
  'toggle',
  'skip',
  'seekToFraction',
  'changeVolume',
  'mute',
  'changeRate',
  'next',
  'stepFrame',
  'theatre',
] as const;

function press(key: string, target: Element, init: KeyboardEventInit = {}) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, ...init });
  Object.defineProperty(event, 'target', { value: target });
  const commands = Object.fromEntries(names.map((name) => [name, vi.fn()])) as unknown as Commands;
  actionFor(event, document.querySelector('.player') as HTMLElement)?.(commands);
  return names.flatMap((name) => vi.mocked(commands[name]).mock.calls.map((args) => [name, ...args]));
}

beforeEach(() => {
  document.body.innerHTML =
    '<div class="player"><button></button><input type="range"></div><textarea></textarea><input type="text">';
});

describe('a key', () => {
  const at = (selector: string) => document.querySelector(selector) as Element;

  test.each([
    ['k', [['toggle']]],
    [' ', [['toggle']]],
    ['j', [['skip', -10]]],
    ['L', [['skip', 10]]],
    ['ArrowRight', [['skip', 5]]],
    ['7', [['seekToFraction', 0.7]]],
    ['>', [['changeRate', 1]]],
    ['t', [['theatre']]],
  ])('%s works the player from anywhere on the page', (key, done) => {
    expect(press(key, document.body)).toEqual(done);
  });

  test.each(['ArrowUp', 'ArrowDown', 'Home', 'End'])('%s scrolls the page unless the player has the focus', (key) => {
    expect(press(key, document.body)).toEqual([]);
    expect(press(key, at('.player button'))).toHaveLength(1);
  });

  test('belongs to what is being written', () => {
    expect(press('k', at('textarea'))).toEqual([]);
    expect(press('k', at('input[type=text]'))).toEqual([]);
  });

  test('belongs to the button or the slider that has the focus', () => {
    expect(press(' ', at('.player button'))).toEqual([]);
    expect(press('ArrowRight', at('.player input'))).toEqual([]);
    expect(press('k', at('.player input'))).toEqual([['toggle']]);
  });

  test('with Ctrl or Alt is the browser’s', () => {
    expect(press('k', document.body, { ctrlKey: true })).toEqual([]);
    expect(press('ArrowLeft', document.body, { altKey: true })).toEqual([]);
  });

  test('Shift+N goes on, n does not', () => {
    expect(press('N', document.body, { shiftKey: true })).toEqual([['next']]);
    expect(press('n', document.body)).toEqual([]);
  });
});
