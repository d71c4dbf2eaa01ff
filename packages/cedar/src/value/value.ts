import type { Datetime } from '../extension/datetime.ts'
import type { Decimal } from '../extension/decimal.ts'
import type { Duration } from '../extension/duration.ts'
import type { IpAddress } from '../extension/ip-address.ts'
import type { CedarSet } from './equality.ts'
import type { EntityRef } from './entity-ref.ts'
import type { Long } from './long.ts'

/** A value during evaluation. Longs are canonical (see {@link Long}), strings well-formed, sets without duplicates. */
export type Value = boolean | Long | string | EntityRef | CedarSet | CedarRecord | Extension

/** A record. A map, so that attributes like `__proto__` are attributes like any other. */
export type CedarRecord = ReadonlyMap<string, Value>

type Extension = Decimal | IpAddress | Datetime | Duration
