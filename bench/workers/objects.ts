// Classes for the bindings that every subject is given and only the product uses.
import { DurableObject } from 'cloudflare:workers';

export class RunnerHub extends DurableObject {}
export class StageEngine extends DurableObject {}
export class AddressGuard extends DurableObject {}
export class ClientLimiter extends DurableObject {}
export class RolloutRegistry extends DurableObject {}
