import { useState } from 'react';
import { interval, map } from 'rxjs';
import { MemoryTable, Supervisor } from 'rxjs-supervisor';
import { SupervisorProvider, useStatus, useStatuses, useSupervisor } from 'rxjs-supervisor/react';

interface Feed {
  readonly every: number;
}
const table = new MemoryTable<string, Feed>([['tide', { every: 1_000 }]]);
const open = ({ every }: Feed) => interval(every).pipe(map(() => Math.random()));

export function Board() {
  const feeds = useSupervisor(() => new Supervisor(table, { process: open }));
  const names = useStatuses((statuses) => [...statuses.keys()], feeds);
  return (
    <SupervisorProvider supervisor={feeds}>
      <Live />
      <ul>
        {names.map((name) => (
          <Row key={name} name={name} />
        ))}
      </ul>
      <Add />
    </SupervisorProvider>
  );
}

function Row({ name }: { readonly name: string }) {
  const status = useStatus<string, Feed>(name);
  return (
    <li>
      {name}, every {status?.value.every} ms: {status?.state}
    </li>
  );
}

function Live() {
  const live = useStatuses((statuses) => [...statuses.values()].filter(({ state }) => state === 'running').length);
  return <p>{live} live</p>;
}

function Add() {
  const [name, setName] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        table.set(name, { every: 500 });
      }}
    >
      <input aria-label="Name" value={name} onChange={({ target }) => setName(target.value)} />
    </form>
  );
}
