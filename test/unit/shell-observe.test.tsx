// @vitest-environment happy-dom
import { signal } from '@preact/signals';
import { render } from 'preact';
import { expect, it } from 'vitest';
import { useSteady } from '../../src/renderer/shell/observe';

it('draws what shows a part of a signal only when that part says something else', async () => {
  const status = signal({ words: { said: 'Saved' }, at: 1 });
  let drawn = 0;
  const Words = () => {
    drawn++;
    const { said } = useSteady(() => ({ ...status.value.words }));
    return <p>{said}</p>;
  };
  const parent = document.createElement('div');
  render(<Words />, parent);
  status.value = { words: { said: 'Saved' }, at: 2 };
  await Promise.resolve();
  expect([drawn, parent.textContent]).toEqual([1, 'Saved']);
  status.value = { words: { said: 'At the relay' }, at: 3 };
  await Promise.resolve();
  expect([drawn, parent.textContent]).toEqual([2, 'At the relay']);
});
