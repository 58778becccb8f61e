/** A browser without a screen: it keeps cookies for each host and says where its requests come from. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** The cookies, with their attributes, that a page of an origin received. */
  readonly set: string[] = [];

  cookies(address: string): string {
    const jar = this.#jars.get(new URL(address).host) ?? new Map<string, string>();
    return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** A browser with the cookies that this one has now. */
  copy(): Browser {
    const other = new Browser();
    for (const [host, jar] of this.#jars) other.#jars.set(host, new Map(jar));
    return other;
  }

  /** One request, with the cookies of its host; redirects are for the caller to follow. */
  async request(address: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(address);
    const headers = new Headers(init.headers);
    const cookies = this.cookies(address);
    if (cookies) headers.set("cookie", cookies);
    const response = await fetch(address, { ...init, headers, redirect: "manual" });
    const jar = this.#jars.get(host) ?? new Map<string, string>();
    this.#jars.set(host, jar);
    for (const line of response.headers.getSetCookie()) {
      this.set.push(line);
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) as unknown as [string, string, string];
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Opens an address as a user would: follows redirects to the page at their end. */
  async open(address: string): Promise<{ url: string; response: Response }> {
    for (let url = address, hops = 0; hops < 10; hops++) {
      const response = await this.request(url);
      const location = response.headers.get("location");
      if (location === null) return { url, response };
      await response.body?.cancel();
      url = new URL(location, url).href;
    }
    throw new Error(`${address} leads in a circle.`);
  }
}
