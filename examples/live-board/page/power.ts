import { find } from './dom.ts';

/** The switch that cuts the feeds' server off and brings it back. */
export function showPower(): void {
  const button = find(HTMLButtonElement, '#power');
  const ask = async (setting: '' | '/on' | '/off'): Promise<void> => {
    try {
      const answer = await fetch(`/feeds${setting}`, { method: setting === '' ? 'GET' : 'PUT' });
      const { on } = (await answer.json()) as { on: boolean };
      show(on, on ? 'on' : 'off');
    } catch {
      show(false, 'gone');
    }
  };
  const show = (on: boolean, setting: string): void => {
    button.ariaChecked = String(on);
    find(HTMLElement, '.setting', button).textContent = setting;
    button.disabled = false;
  };
  button.addEventListener('click', () => void ask(button.ariaChecked === 'true' ? '/off' : '/on'));
  void ask('');
}
