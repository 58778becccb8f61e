/** A public key as JSON (RFC 7517), with the members that its thumbprint is made of and no other. */
export interface PublicJwk {
  kty: "EC" | "OKP";
  crv: "P-256" | "X25519";
  x: string;
  /** Absent for X25519, whose keys have one coordinate. */
  y?: string;
}

/** A public key that a consumer's repository registered, for messages that only its own runs can read. */
export interface ShieldKey {
  /** The key's thumbprint (RFC 7638), by which a message names its recipients. */
  kid: string;
  jwk: PublicJwk;
  addedAt: string;
  addedBy: string;
}
