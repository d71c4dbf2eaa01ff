import type { EventId, EventStore, JSONRPCMessage, StreamId } from '@modelcontextprotocol/server'

interface LoggedEvent {
  readonly id: number
  readonly stream: StreamId
  readonly message: JSONRPCMessage
}

const mostEvents = 1000

/** The latest messages to one 2025-era client, so that a broken stream can be taken up again (`Last-Event-ID`). Older ones are forgotten. */
export class SessionEventLog implements EventStore {
  #events: LoggedEvent[] = []
  #last = 0

  async storeEvent(stream: StreamId, message: JSONRPCMessage): Promise<EventId> {
    this.#last += 1
    this.#events.push({ id: this.#last, stream, message })
    if (this.#events.length > 2 * mostEvents) this.#events = this.#events.slice(-mostEvents)
    return String(this.#last)
  }

  async getStreamIdForEventId(id: EventId): Promise<StreamId | undefined> {
    return this.#find(id)?.stream
  }

  /** @throws Error for an id that was never given out or is forgotten */
  async replayEventsAfter(id: EventId, { send }: { send: (id: EventId, message: JSONRPCMessage) => Promise<void> }): Promise<StreamId> {
    const last = this.#find(id)
    if (last === undefined) throw new Error('the event is not known any more')
    for (const event of this.#events)
      if (event.id > last.id && event.stream === last.stream && 'jsonrpc' in event.message) await send(String(event.id), event.message)
    return last.stream
  }

  #find(id: EventId): LoggedEvent | undefined {
    return this.#events.find((event) => String(event.id) === id)
  }
}
