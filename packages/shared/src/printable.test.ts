import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('what a terminal would obey is shown instead', () => {
  // OSC 52 writes the clipboard, CSI 2J clears the screen; U+009B is CSI in one character
  expect(printable('\u001b]52;c;aGk=\u0007')).toBe('\\u001b]52;c;aGk=\\u0007');
  expect(printable('\u009b2J\r\n\tx\u007f')).toBe('\\u009b2J\\u000d\\u000a\\u0009x\\u007f');
});

test('nothing shows in another order than it has, or on another line', () => {
  expect(printable('gpj.\u202eexe\u2066\u2028')).toBe('gpj.\\u202eexe\\u2066\\u2028');
});

test('a line of JSON stays one, and every other text as it is', () => {
  const value = { uri: 's3://b/\u001b[31m\u009b\u202e é 😀 "\\' };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  expect(printable('tabby, tabby cat · é 😀')).toBe('tabby, tabby cat · é 😀');
});
