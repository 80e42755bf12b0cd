/** The documents a person starts from: they pass every rule. */

export const newOpenApi = `openapi: 3.1.1
info:
  title: New API
  version: 0.1.0
  description: What this API is for, in a sentence or two.
  contact:
    name: The team that answers
    url: https://example.com/support
servers:
  - url: https://api.example.com
tags:
  - name: health
    description: Is the service up?
paths:
  /health:
    get:
      operationId: getHealth
      tags:
        - health
      summary: Says whether the service is up
      description: Answers as soon as the service can take requests.
      responses:
        '200':
          description: The service is up.
          content:
            application/json:
              schema:
                type: object
                required:
                  - status
                properties:
                  status:
                    type: string
                    examples:
                      - up
        default:
          $ref: '#/components/responses/Problem'
components:
  responses:
    Problem:
      description: What went wrong, as RFC 9457 has it.
      content:
        application/problem+json:
          schema:
            $ref: '#/components/schemas/Problem'
  schemas:
    Problem:
      type: object
      description: A problem, RFC 9457.
      properties:
        type:
          type: string
          format: uri-reference
        title:
          type: string
        status:
          type: integer
          minimum: 100
          maximum: 599
        detail:
          type: string
        instance:
          type: string
          format: uri-reference
`;

export const newAsyncApi = `asyncapi: 3.1.0
info:
  title: New events
  version: 0.1.0
  description: Which events these are, in a sentence or two.
  contact:
    name: The team that answers
    url: https://example.com/support
    email: support@example.com
  license:
    name: MIT
    url: https://opensource.org/license/mit
  tags:
    - name: events
defaultContentType: application/json
servers:
  production:
    host: broker.example.com:9093
    protocol: kafka-secure
    description: The production cluster.
    security:
      - $ref: '#/components/securitySchemes/scram'
channels:
  thingCreated:
    address: things.created.v1
    messages:
      thingCreated:
        $ref: '#/components/messages/ThingCreated'
operations:
  sendThingCreated:
    action: send
    summary: Says that a thing was created
    description: Sent once for every thing, after it was stored; consumers drop an id they have seen.
    channel:
      $ref: '#/channels/thingCreated'
components:
  securitySchemes:
    scram:
      type: scramSha512
      description: A user for each application.
  messages:
    ThingCreated:
      name: ThingCreated
      title: A thing was created
      contentType: application/json
      correlationId:
        location: $message.header#/correlationId
      headers:
        type: object
        required:
          - ce_id
          - ce_source
          - ce_specversion
          - ce_type
          - ce_time
          - correlationId
        properties:
          ce_id:
            type: string
            description: Unique with ce_source; consumers drop an id they have seen.
          ce_source:
            type: string
          ce_specversion:
            type: string
            const: '1.0'
          ce_type:
            type: string
            examples:
              - com.example.thing.created.v1
          ce_time:
            type: string
            format: date-time
          ce_dataschema:
            type: string
            format: uri
            description: The version of the payload's schema.
          correlationId:
            type: string
      payload:
        type: object
        required:
          - thingId
        properties:
          thingId:
            type: string
      bindings:
        kafka:
          key:
            type: string
            description: The thingId, so that the events of one thing stay in order.
`;
