/** @jest-environment jsdom */
import { readFileSync } from 'node:fs';
import { act, fireEvent, render, screen } from '@testing-library/react';
import { Board } from './example.tsx';

describe('the example of docs/frameworks.md', () => {
  it('is the one that is compiled and shown here', () => {
    const [, example] = /^```tsx\n([\s\S]*?)^```/m.exec(readFileSync('docs/frameworks.md', 'utf8'))!;
    expect(example).toBe(readFileSync('spec/react/example.tsx', 'utf8'));
  });

  it('shows a row for each feed, and one that is added', async () => {
    render(<Board />);
    const rows = () => screen.getAllByRole('listitem').map(({ textContent }) => textContent);
    expect(rows()).toEqual(['tide, every 1000 ms: running']);
    const field = screen.getByLabelText('Name');
    fireEvent.change(field, { target: { value: 'wind' } });
    await act(async () => fireEvent.submit(field.closest('form')!));
    expect(rows()).toEqual(['tide, every 1000 ms: running', 'wind, every 500 ms: running']);
    expect(screen.getByText('2 live')).toBeTruthy();
  });
});
