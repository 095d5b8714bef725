package skierapi

// OpenAPI is the contract between the service and its clients, an OpenAPI 3 document. Every exchange is held to it. What a
// document of this kind cannot say (in which order the skiers of a page come, what a cursor means) stands in the README.
const OpenAPI = `openapi: 3.0.3
info: {title: Skiers, version: "1.0"}
paths:
  /skiers:
    get:
      summary: A page of skiers, in ascending order of their IDs
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
        - {name: cursor, in: query, description: The "next" of another page, schema: {type: string}}
      responses:
        "200": {description: The page, content: {application/json: {schema: {$ref: "#/components/schemas/Page"}}}}
        "400": {$ref: "#/components/responses/Problem"}
        "405": {$ref: "#/components/responses/MethodNotAllowed"}
        "500": {$ref: "#/components/responses/Problem"}
    post:
      summary: Create a skier
      requestBody: {$ref: "#/components/requestBodies/Profile"}
      responses:
        "201":
          description: The skier, as it was created
          headers:
            Location: {description: Where the skier is, required: true, schema: {type: string}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Skier"}}}
        "400": {$ref: "#/components/responses/Problem"}
        "405": {$ref: "#/components/responses/MethodNotAllowed"}
        "409": {$ref: "#/components/responses/Problem"}
        "413": {$ref: "#/components/responses/Problem"}
        "415": {$ref: "#/components/responses/Problem"}
        "422": {$ref: "#/components/responses/InvalidProfile"}
        "500": {$ref: "#/components/responses/Problem"}
  /skiers/{skierID}:
    parameters:
      - {name: skierID, in: path, required: true, schema: {type: string}}
    get:
      summary: A skier
      responses:
        "200": {description: The skier, content: {application/json: {schema: {$ref: "#/components/schemas/Skier"}}}}
        "404": {$ref: "#/components/responses/Problem"}
        "405": {$ref: "#/components/responses/MethodNotAllowed"}
        "500": {$ref: "#/components/responses/Problem"}
    put:
      summary: Replace the whole profile of a skier
      requestBody: {$ref: "#/components/requestBodies/Profile"}
      responses:
        "200": {description: The skier as it is now, content: {application/json: {schema: {$ref: "#/components/schemas/Skier"}}}}
        "400": {$ref: "#/components/responses/Problem"}
        "404": {$ref: "#/components/responses/Problem"}
        "405": {$ref: "#/components/responses/MethodNotAllowed"}
        "409": {$ref: "#/components/responses/Problem"}
        "413": {$ref: "#/components/responses/Problem"}
        "415": {$ref: "#/components/responses/Problem"}
        "422": {$ref: "#/components/responses/InvalidProfile"}
        "500": {$ref: "#/components/responses/Problem"}
    delete:
      summary: Remove a skier
      responses:
        "204": {description: It is gone}
        "404": {$ref: "#/components/responses/Problem"}
        "405": {$ref: "#/components/responses/MethodNotAllowed"}
        "500": {$ref: "#/components/responses/Problem"}
  /resorts:
    get:
      summary: All resorts
      responses:
        "200": {description: At least one resort, content: {application/json: {schema: {$ref: "#/components/schemas/Resorts"}}}}
        "404": {$ref: "#/components/responses/Problem"}
        "405": {$ref: "#/components/responses/MethodNotAllowed"}
        "500": {$ref: "#/components/responses/Problem"}
components:
  requestBodies:
    Profile:
      required: true
      content: {application/json: {schema: {$ref: "#/components/schemas/Profile"}}}
  responses:
    Problem:
      description: What was wrong
      content: {application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}}
    MethodNotAllowed:
      description: The resource has other methods
      headers:
        Allow: {description: Which methods it has, required: true, schema: {type: string}}
      content: {application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}}
    InvalidProfile:
      description: JSON, but not a profile
      content: {application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}}
  schemas:
    Profile:
      type: object
      required: [username, email]
      additionalProperties: false
      properties:
        username: {type: string, minLength: 1, maxLength: 32, pattern: "^[a-z0-9_-]+$"}
        email: {type: string, maxLength: 254, pattern: "^[^@ ]+@[^ ]+$"}
        city: {type: string, maxLength: 100}
    Skier:
      type: object
      required: [id, username, email]
      properties:
        id: {type: string}
        username: {type: string}
        email: {type: string}
        city: {type: string}
    Page:
      type: object
      required: [skiers]
      properties:
        skiers: {type: array, maxItems: 100, items: {$ref: "#/components/schemas/Skier"}}
        next: {type: string, minLength: 1, description: The cursor of the next page. Missing on the last one}
    Resort:
      type: object
      required: [id, name]
      properties:
        id: {type: string}
        name: {type: string}
    Resorts:
      type: object
      required: [resorts]
      properties:
        resorts: {type: array, minItems: 1, items: {$ref: "#/components/schemas/Resort"}}
    Problem:
      type: object
      required: [title, status]
      properties:
        type: {type: string}
        title: {type: string, minLength: 1}
        status: {type: integer, minimum: 400, maximum: 599}
        detail: {type: string}
        errors:
          type: array
          items:
            type: object
            required: [field, detail]
            properties:
              field: {type: string}
              detail: {type: string}
`
