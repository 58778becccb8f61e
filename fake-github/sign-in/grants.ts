interface Grant {
  appId: number;
  expiresAt: number;
}

/** A code on its way through a browser. */
export interface CodeGrant extends Grant {
  userId: number;
  redirectUri: string;
  /** The PKCE challenge; null where the App sent none. */
  challenge: string | null;
}

/** A device that waits for its user. */
export interface DeviceGrant extends Grant {
  userCode: string;
  /** Null until somebody approves. */
  userId: number | null;
  denied: boolean;
  /** Seconds that must be between two polls. */
  interval: number;
  polledAt: number;
}

/** Sign-ins and registrations in the making. */
export class Grants {
  readonly codes = new Map<string, CodeGrant>();
  readonly devices = new Map<string, DeviceGrant>();
  readonly manifests = new Map<string, Record<string, unknown>>();
  /** The user who approves in the browser where the request names none. */
  defaultUser: string | null = null;
  /** True when the user who is asked in the browser denies. */
  deny = false;

  device(userCode: string): DeviceGrant | undefined {
    return [...this.devices.values()].find((one) => one.userCode === userCode.toUpperCase());
  }

  clear(): void {
    for (const map of [this.codes, this.devices, this.manifests]) map.clear();
    this.defaultUser = null;
    this.deny = false;
  }
}
