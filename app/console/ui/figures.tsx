/** A few figures, each with what it is. */
export const Figures = ({ of }: { of: readonly (readonly [name: string, value: string | number])[] }) => (
  <dl className="figures" style={{ margin: 0 }}>
    {of.map(([name, value]) => (
      <div className="card" key={name}>
        <dt className="muted">{name}</dt>
        <dd className="figure" style={{ margin: 0 }}>
          {value}
        </dd>
      </div>
    ))}
  </dl>
);
